import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { metrics } from '../../model/metrics';
import { promtool, withoutPromtool } from '../kit/promtool';
import { describeWhere } from '../kit/skip';

const folder = join(__dirname, '..', '..', 'examples', 'monitoring');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string }[];
}

const rules = (parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
const board = JSON.parse(read('grafana.json')) as { panels: Panel[]; templating: { list: { definition?: string }[] } };
const asked = board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Names of metrics of cairn's in a text. */
function namesIn(text: string): string[] {
  return text.match(/\bcairn_\w+/g) ?? [];
}

describe('every metric is one that workers tell, in', () => {
  const listed = board.templating.list.flatMap(({ definition }) => definition ?? []);
  test.each([
    ['alerts.yml', rules.map(({ expr }) => expr)],
    ['alerts.test.yml', [read('alerts.test.yml')]],
    ['grafana.json', [...asked, ...listed]],
  ])('%s', (_file, texts) => {
    const names = texts.flatMap(namesIn);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !Object.hasOwn(metrics, name))).toEqual([]);
  });
});

test('every rule says what is wrong and what that means, and has tests in which it is raised and in which it is not', () => {
  const { tests } = parse(read('alerts.test.yml')) as { tests: { alert_rule_test: Expectation[] }[] };
  const expectations = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alert, annotations, labels } of rules) {
    expect(Object.values(annotations).every((text) => /^\S.*\.$/s.test(text))).toBe(true);
    expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    expect(['warning', 'critical']).toContain(labels.severity);
    const raised = expectations
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts }) => exp_alerts.length > 0);
    expect([alert, new Set(raised)]).toEqual([alert, new Set([true, false])]);
  }
});

interface Expectation {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

test("the board's panels have titles and numbers of their own, and none lies upon another", () => {
  const { panels } = board;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(panels.every(({ title, targets }) => title !== '' && targets.length > 0)).toBe(true);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

describeWhere(withoutPromtool)('promtool finds nothing to say against', () => {
  const problems = (...args: string[]) => promtool(args, { cwd: folder });

  test('the rules', () => expect(problems('check', 'rules', 'alerts.yml')).toBe(''));
  test('the tests of the rules', () => expect(problems('test', 'rules', 'alerts.test.yml')).toBe(''));
  test('the configuration of Prometheus', () => expect(problems('check', 'config', 'prometheus.yml')).toBe(''));

  test('what the board asks, as rules', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'cairn-board-'));
    const file = join(scratch, 'board.json');
    const records = asked.map((expr, place) => ({ record: `board:${place}`, expr: expr.replaceAll('$cluster', '.*') }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'board', rules: records }] }));
    try {
      expect(problems('check', 'rules', file)).toBe('');
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
