// Checks the dashboard against the types that Grafana publishes for dashboards, panels and queries. The file is compiled as a literal of these
// types, so that an unknown field and a value of another type are errors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import ts from 'typescript';

const file = path.join(import.meta.dirname, '../../../examples/observability/dashboard.json');
const raw = './node_modules/@grafana/schema/dist/types/raw';

// The types that Grafana does not publish: enums as JSON, and the options and queries of each panel.
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

// mistakes returns the mistakes in a dashboard, each with its panel.
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

test('the dashboard has the types of Grafana', () => {
  assert.deepEqual(mistakes(load()), []);
});

for (const [what, spoil] of Object.entries({
  'an unknown field': (d) => { d.titel = d.title; },
  'no list of annotations': (d) => { d.annotations = []; },
  'an unknown kind of variable': (d) => { d.templating.list[0].type = 'source'; },
  'an unknown kind of panel': (d) => { d.panels[1].type = 'chart'; },
  'an unknown option of a panel': (d) => { d.panels.find((p) => p.type === 'stat').options.colour = 'value'; },
  'an unknown value of an option': (d) => { d.panels.find((p) => p.type === 'timeseries').options.tooltip.mode = 'all'; },
  'an unknown style of a graph': (d) => { d.panels.find((p) => p.type === 'timeseries').fieldConfig.defaults.custom.drawStyle = 'curve'; },
  'a query without an expression': (d) => { delete d.panels.find((p) => p.type === 'table').targets[0].expr; },
  'a panel without a position': (d) => { delete d.panels[2].gridPos.w; },
})) {
  test(`${what} is found`, () => {
    const d = load();
    spoil(d);
    assert.notDeepEqual(mistakes(d), []);
  });
}
