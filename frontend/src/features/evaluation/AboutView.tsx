import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./AboutView.module.css";
import type { Report } from "./api";
import { formatDate } from "./format";
import { extractorsOf } from "./results";
import { strings } from "./strings";

const texts = strings.about;
const NAMED = 20;

/** What the figures cover, how each is defined, and with which settings they were made. */
export function AboutView({ report }: { readonly report: Report }) {
  return (
    <div className={classes.page}>
      <Part id="left-out" title={texts.leftOut}>
        <LeftOut account={report.account} />
      </Part>
      <Part id="protocol" title={texts.protocol}>
        <Text size="sm">
          <strong>{report.protocol}</strong>: {report.protocol_definition}
        </Text>
      </Part>
      <Part id="definitions" title={texts.definitions}>
        <dl className={classes.terms}>
          {report.measures.map(({ name, definition, maximum }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {definition}
                {maximum === 1 ? null : ` (${texts.maximum(String(maximum))})`}
              </dd>
            </div>
          ))}
        </dl>
      </Part>
      <Part id="method" title={texts.method}>
        <Text size="sm">{report.comparison_method}</Text>
      </Part>
      <Part id="settings" title={texts.settings}>
        <Settings report={report} />
      </Part>
      <Part id="descriptors" title={texts.identities}>
        <Descriptors report={report} />
      </Part>
    </div>
  );
}

interface PartProps {
  readonly id: string;
  readonly title: string;
  readonly children: ReactNode;
}

function Part({ id, title, children }: PartProps) {
  return (
    <section aria-labelledby={id} className={classes.part}>
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      {children}
    </section>
  );
}

function LeftOut({ account }: { readonly account: Report["account"] }) {
  const counts = [
    [account.without_relevant, texts.withoutRelevant],
    [account.unlabelled, texts.unlabelled],
    [account.duplicates, texts.duplicates],
    [account.passed_over, texts.passedOver],
  ] as const;
  const told = counts.filter(([count]) => count > 0);
  const { missing, failed, not_applicable: refused } = account;
  if (told.length + missing.length + failed.length + refused.length === 0) {
    return <Text size="sm">{texts.nothing}</Text>;
  }
  return (
    <ul className={classes.list}>
      {told.map(([count, text]) => (
        <li key={text(count)}>{text(count)}</li>
      ))}
      {missing.length > 0 ? <Named text={texts.missing(missing.length)} names={missing} /> : null}
      {failed.length > 0 ? (
        <Named
          text={texts.failed(failed.length)}
          names={failed.map(({ path, reason, remedy }) => `${path}: ${reason} ${remedy}`)}
        />
      ) : null}
      {refused.length > 0 ? (
        <Named
          text={texts.refused}
          names={refused.map(({ extractor, metric, reason }) => `${extractor} · ${metric}: ${reason}`)}
        />
      ) : null}
    </ul>
  );
}

function Named({ text, names }: { readonly text: string; readonly names: readonly string[] }) {
  return (
    <li>
      {text}
      <ul className={classes.list}>
        {names.slice(0, NAMED).map((name) => (
          <li key={name}>{name}</li>
        ))}
        {names.length > NAMED ? <li>{texts.more(names.length - NAMED)}</li> : null}
      </ul>
    </li>
  );
}

function Settings({ report }: { readonly report: Report }) {
  const rows: readonly (readonly [string, string])[] = [
    [texts.name, report.name],
    [texts.made, formatDate(report.created_at)],
    [texts.command, report.command],
    [texts.version, report.cbir_version],
    [texts.dataset, report.dataset],
    [texts.format, report.format],
    [texts.labelColumn, report.label_column ?? ""],
    [texts.where, report.where ?? ""],
    [texts.engine, report.engine ?? texts.inMemory],
    ...Object.entries(report.options).map(([name, value]) => [name, asText(value)] as const),
  ];
  return (
    <dl className={classes.terms}>
      {rows
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Descriptors({ report }: { readonly report: Report }) {
  return (
    <dl className={classes.terms}>
      {extractorsOf(report.results).map((extractor) => {
        const identity = report.results.find((one) => one.extractor === extractor)?.identity ?? {};
        return (
          <div key={extractor}>
            <dt>{extractor}</dt>
            <dd>
              {Object.entries(identity)
                .filter(([name, value]) => name !== "name" && asText(value) !== "")
                .map(([name, value]) => `${name}: ${asText(value)}`)
                .join(" · ")}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
