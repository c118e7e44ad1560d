import { createTheme, type CSSVariablesResolver } from "@mantine/core";

/** Calm: one accent, the system's own fonts, corners that are hardly round. Text contrast holds in both schemes. */
export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: 7,
  autoContrast: true,
  defaultRadius: "sm",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontWeight: "600" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // its header is a <header>, which outside of an article counts as a second banner of the page
    Modal: { defaultProps: { attributes: { header: { role: "presentation" } } } },
  },
});

/** Mantine's own dimmed greys have a contrast of 3.3 on white and 4.0 on black; these have 8 and more. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-color-dimmed": "var(--mantine-color-gray-7)" },
  dark: { "--mantine-color-dimmed": "var(--mantine-color-dark-1)" },
});
