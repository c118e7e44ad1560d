import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { ProblemNotice } from "@/components/ProblemNotice";
import { overPage } from "@/lib/portal";
import type { SearchState } from "@/lib/searchState";
import { EXPORT_LIMIT, exportRanking } from "./api";
import { strings } from "./strings";

const FORMATS = [
  { format: "json", label: strings.exportJson, ending: "json" },
  { format: "csv", label: strings.exportCsv, ending: "csv" },
  { format: "trec", label: strings.exportTrec, ending: "txt" },
] as const;

/** The whole ranking, as far as the server gives it at once, as a file. */
export function ExportMenu({ state, total }: { readonly state: SearchState; readonly total: number }) {
  const [problem, setProblem] = useState<unknown>(null);
  const count = Math.min(total, EXPORT_LIMIT);
  const save = async ({ format, ending }: (typeof FORMATS)[number]) => {
    setProblem(null);
    try {
      const file = await exportRanking(state, format, count);
      if (file instanceof Blob)
        offer(file, `${state.collection}-${state.extractor}-${state.metric}.${ending}`);
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <div>
      <Menu position="bottom-end" portalProps={overPage()} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" size="sm" mih={44} leftSection={<IconDownload size={18} aria-hidden />}>
            {strings.export}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{strings.exportLimit(count)}</Menu.Label>
          {FORMATS.map((one) => (
            <Menu.Item key={one.format} mih={44} onClick={() => void save(one)}>
              {one.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {problem ? <ProblemNotice error={problem} /> : null}
    </div>
  );
}

function offer(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
