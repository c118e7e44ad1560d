import { setupServer } from "msw/node";

/** The API as component tests see it: each test says what is answered; anything else is an error. */
export const server = setupServer();
