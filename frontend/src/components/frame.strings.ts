/** The texts of what stands on every page: logging in, and the jobs at work. */
export const frame = {
  login: {
    title: "This server asks for a key",
    explanation: "What you were doing goes on as soon as the key is accepted.",
    key: "Key",
    hint: "As `cbir keys create NAME` printed it on the server; who runs the server has one for you.",
    enter: "Log in",
    leave: (key: string) => `Log out (${key})`,
    close: "Close without logging in",
  },
  jobs: (active: number) =>
    active === 0 ? "Jobs: none at work" : active === 1 ? "Jobs: one at work" : `Jobs: ${active} at work`,
} as const;
