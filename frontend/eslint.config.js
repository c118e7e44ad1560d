import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Imports go one way: types and lib <- features <- app; a feature imports no other feature. */
const features = ["search", "compare", "explain", "collections", "evaluation", "start"];
const BROWSER_AND_NODE = [
  ...["process", "console", "fetch", "URL", "URLSearchParams", "setTimeout", "Buffer"],
  ...["window", "document", "performance", "requestAnimationFrame", "PerformanceObserver"],
  ...["getComputedStyle", "localStorage", "DataTransfer", "File"],
];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/types/api.ts", "**/*.cjs"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  jsxA11y.flatConfigs.strict,
  reactHooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    files: ["src/lib/**"],
    rules: { "no-restricted-imports": ["error", { patterns: ["@/features/*", "@/app/*"] }] },
  },
  ...features.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            "@/app/*",
            ...features.filter((one) => one !== feature).map((one) => `@/features/${one}/*`),
          ],
        },
      ],
    },
  })),
  { files: ["**/*.js", "**/*.mjs"], ...tseslint.configs.disableTypeChecked },
  {
    // scripts that drive a browser: parts of them run in it
    files: ["bench/**", "shots/**"],
    languageOptions: { globals: Object.fromEntries(BROWSER_AND_NODE.map((name) => [name, "readonly"])) },
  },
);
