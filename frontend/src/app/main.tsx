import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import { createRoot } from "react-dom/client";
import { api } from "@/lib/api";
import { repeatAfterLogin } from "@/lib/session";
import { App } from "./App";

api.use(repeatAfterLogin());

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
