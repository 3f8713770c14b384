// What monitoring/ asks for is what the gateway tells: each name in the dashboard and in the alert rules, and each label.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { machineMetrics } from "#cli/doctor/machine-health.ts";
import { metricsView, type Metric } from "#gateway/metrics.ts";
import { ANA, Bench, DIRECT } from "#test/harness/gateway.ts";

const read = (name: string): string => readFileSync(new URL(`../../monitoring/${name}`, import.meta.url), "utf8");

/** Everything that the service says at /metrics, after radios and people have said something. */
function told(): ReadonlyMap<string, Metric> {
  const bench = new Bench().ready();
  bench.hear(ANA, "good morning");
  bench.hear(ANA, "help me", DIRECT);
  bench.clock.advance(60_000);
  const all = [...bench.pump.ask(metricsView), ...machineMetrics({ database: { path: "/tmp/muster.db" } }, false)];
  return new Map(all.map((metric) => [metric.name, metric]));
}

interface Question {
  readonly expr: string;
  /** A legend or a summary, with {{label}} or {{ $labels.label }} in it. */
  readonly words: string;
}

interface Panel {
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

function questions(): Question[] {
  const { panels } = JSON.parse(read("grafana-dashboard.json")) as { panels: Panel[] };
  const drawn = panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr, legendFormat = "" }) => ({ expr, words: legendFormat })),
  );
  const { groups } = parse(read("alerts.yaml")) as {
    groups: { rules: { expr: string; annotations: { summary: string } }[] }[];
  };
  const alerts = groups.flatMap(({ rules }) =>
    rules.map(({ expr, annotations }) => ({ expr, words: annotations.summary })),
  );
  expect([drawn.length, alerts.length].every((count) => count > 5)).toBe(true);
  return [...drawn, ...alerts];
}

/** What is wrong with a question: names that nobody tells, and labels that the name has not. */
function mistakes({ expr, words }: Question, metrics: ReadonlyMap<string, Metric>): string[] {
  const names = expr.match(/\bmuster_[a-z_]+/g) ?? [];
  // Prometheus itself knows whether a service answers.
  if (names.length === 0) return expr.startsWith('up{job="muster"}') ? [] : [`${expr} asks for nothing of ours`];
  const labels = [
    ...[...expr.matchAll(/by \(([^)]*)\)|\{([a-z]+)=/g)].flatMap(([, by, one]) => by?.split(/,\s*/) ?? one ?? []),
    ...[...words.matchAll(/\{\{\s*(?:\$labels\.)?([a-z]+)\s*\}\}/g)].map(([, label]) => label!),
  ];
  return names.flatMap((name) => {
    const metric = metrics.get(name);
    if (!metric) return [`there is no ${name}`];
    const [sample] = metric.samples;
    return sample
      ? labels.filter((label) => !(label in (sample.labels ?? {}))).map((label) => `${name} has no ${label}`)
      : [];
  });
}

test("every name and label in the dashboard and the alert rules is one that the gateway tells", () => {
  const metrics = told();
  expect(questions().flatMap((question) => mistakes(question, metrics))).toEqual([]);
  expect(mistakes({ expr: "muster_radio_connnected", words: "" }, metrics)).toEqual([
    "there is no muster_radio_connnected",
  ]);
  expect(mistakes({ expr: "muster_calls_open", words: "{{node}}" }, metrics)).toEqual([
    "muster_calls_open has no node",
  ]);
});
