// Checks the dashboard against the types that Grafana publishes of its dashboards, panels and queries: the file is compiled as a
// literal of these types, so that a field that does not exist, or a value that is none of its kind, is an error.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import ts from 'typescript';

const file = path.join(import.meta.dirname, '../../../examples/observability/dashboard.json');
const raw = './node_modules/@grafana/schema/dist/types/raw';

// What the types do not say by themselves: how an enum stands in JSON, and which options and queries belong to a panel.
const prelude = `
import type * as dashboard from '${raw}/dashboard/x/types.gen';
import type * as stat from '${raw}/composable/stat/panelcfg/x/types.gen';
import type * as table from '${raw}/composable/table/panelcfg/x/types.gen';
import type * as timeseries from '${raw}/composable/timeseries/panelcfg/x/types.gen';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

type Json<T> = T extends string ? \`\${T}\`
  : T extends number | boolean | null | undefined ? T
  : T extends Array<infer U> ? Array<Json<U>>
  : T extends object ? { [K in keyof T as T[K] extends Function ? never : K]: Json<T[K]> }
  : T;
type Of<Options, Custom> = Json<Omit<dashboard.Panel, 'options' | 'targets' | 'fieldConfig'> & {
  options: Options;
  targets: Array<Dataquery>;
  fieldConfig: Omit<dashboard.FieldConfigSource, 'defaults'> & { defaults: Omit<dashboard.FieldConfig, 'custom'> & { custom?: Custom } };
}>;
interface Panels {
  row: Json<dashboard.RowPanel>;
  stat: Of<stat.Options, never>;
  table: Of<table.Options, table.FieldConfig>;
  timeseries: Of<timeseries.Options, timeseries.FieldConfig>;
}
`;

// mistakes in a dashboard, each with the panel that it is in.
function mistakes(d) {
  const { panels, ...rest } = d;
  const source = [prelude, `export const all: Json<Omit<dashboard.Dashboard, 'panels'>> = ${JSON.stringify(rest)};`]
    .concat(panels.map((p, i) => `export const panel${i}: Panels[${JSON.stringify(p.type)}] = ${JSON.stringify(p)}; // ${p.title}`))
    .join('\n');
  const options = { strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
  const host = ts.createCompilerHost(options);
  const name = path.join(import.meta.dirname, 'dashboard.ts');
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (f, ...more) => (f === name ? ts.createSourceFile(f, source, ts.ScriptTarget.ES2022) : getSourceFile.call(host, f, ...more));
  host.fileExists = (f) => f === name || fileExists.call(host, f);
  const program = ts.createProgram([name], options, host);
  return ts.getPreEmitDiagnostics(program).map((m) => {
    const line = m.file ? m.file.text.split('\n')[m.file.getLineAndCharacterOfPosition(m.start).line] : '';
    return `${line.replace(/.*; \/\/ |^export const all.*/, '')}: ${ts.flattenDiagnosticMessageText(m.messageText, '\n')}`;
  });
}

const load = () => JSON.parse(readFileSync(file, 'utf8'));

test('the dashboard is what Grafana takes', () => {
  assert.deepEqual(mistakes(load()), []);
});

for (const [what, spoil] of Object.entries({
  'a field that no dashboard has': (d) => { d.titel = d.title; },
  'no list of annotations': (d) => { d.annotations = []; },
  'a kind of variable that does not exist': (d) => { d.templating.list[0].type = 'source'; },
  'a kind of panel that is not known here': (d) => { d.panels[1].type = 'chart'; },
  'an option that a panel does not have': (d) => { d.panels.find((p) => p.type === 'stat').options.colour = 'value'; },
  'a value that an option does not take': (d) => { d.panels.find((p) => p.type === 'timeseries').options.tooltip.mode = 'all'; },
  'a style that a graph does not have': (d) => { d.panels.find((p) => p.type === 'timeseries').fieldConfig.defaults.custom.drawStyle = 'curve'; },
  'a query without an expression': (d) => { delete d.panels.find((p) => p.type === 'table').targets[0].expr; },
  'a panel without a place': (d) => { delete d.panels[2].gridPos.w; },
})) {
  test(`${what} is found`, () => {
    const d = load();
    spoil(d);
    assert.notDeepEqual(mistakes(d), []);
  });
}
