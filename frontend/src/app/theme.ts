import { createTheme, type CSSVariablesResolver } from "@mantine/core";
import classes from "./theme.module.css";

/** Pixels that a finger needs. */
const TOUCH = 44;
const TARGET = { minWidth: TOUCH, minHeight: TOUCH };
/** What a press on counts as one on the box beside it. */
const LABEL = { display: "inline-flex", alignItems: "center", minHeight: TOUCH };

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
    Modal: {
      defaultProps: { attributes: { header: { role: "presentation" } } },
      styles: { close: TARGET, title: { fontWeight: 600 } },
    },
    // its own are 21 pixels high; arrow keys step, and fingers type
    NumberInput: { defaultProps: { hideControls: true } },
    PasswordInput: { styles: { visibilityToggle: TARGET } },
    Input: {
      classNames: { input: classes.field ?? "" },
      vars: () => ({ wrapper: { "--input-height": `${TOUCH}px` } }),
    },
    Checkbox: {
      classNames: { input: classes.box ?? "" },
      styles: { body: { alignItems: "center" }, label: LABEL },
    },
    Radio: { styles: { body: { alignItems: "center" }, label: LABEL } },
    Switch: { styles: { body: { alignItems: "center" }, label: LABEL } },
    SegmentedControl: {
      styles: {
        root: { padding: 0, outline: "1px solid var(--mantine-color-default-border)", outlineOffset: -1 },
        // what is chosen lies above the edge of the whole and, in white, would not be seen to be chosen
        indicator: { border: "1px solid var(--mantine-primary-color-light-color)" },
        label: { ...LABEL, display: "flex", justifyContent: "center" },
      },
    },
  },
});

/**
 * Where Mantine's own colours have too little contrast: its dimmed greys 3.3 on white and 4.0 on black, its text on light
 * notices 2.3 (yellow) to 4.4 (teal). These have 6 and more.
 */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--cbir-edge": "var(--mantine-color-gray-6)",
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-yellow-light-color": "#6b4200",
    "--mantine-color-orange-light-color": "#8a3a00",
    "--mantine-color-teal-light-color": "#056046",
    "--mantine-color-green-light-color": "#1d662c",
  },
  // and in the dark its notices are louder than anything else on the page
  dark: {
    "--cbir-edge": "var(--mantine-color-dark-2)",
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-gray-light": "var(--mantine-color-dark-5)",
    "--mantine-color-yellow-light": "#3d2b08",
    "--mantine-color-orange-light": "#43210f",
    "--mantine-color-red-light": "#471a1a",
  },
});
