import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCodes } from '../client/exit-codes';
import { refusals } from '../model/command';
import { errorKinds } from '../model/errors';
import { metrics } from '../model/metrics';
import { searchAttributes } from '../model/names';
import { phases } from '../model/run';
import { maxTaskBytes } from '../model/settings';

const root = join(__dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const docs = readdirSync(join(root, 'docs'), { recursive: true }).map((name) => join('docs', String(name)));
const pages = ['README.md', ...docs.filter((path) => path.endsWith('.md'))];

/** First cells of the rows of the table below a heading. */
function rowsBelow(page: string, heading: string): string[] {
  const section = read(page).split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return [...section.matchAll(/^\| `?([^`|]+?)`? \|/gm)]
    .map(([, cell]) => cell!)
    .slice(1)
    .filter((cell) => !/^-+$/.test(cell));
}

describe('docs/errors.md tells of', () => {
  it('every kind, and whether it is tried again', () => {
    expect(rowsBelow('docs/errors.md', 'Kinds').sort()).toEqual(Object.keys(errorKinds).sort());
    for (const [kind, { retried }] of Object.entries(errorKinds))
      expect(read('docs/errors.md')).toContain(`| \`${kind}\` | ${retried ? 'yes' : 'no'} |`);
  });

  it('every refusal', () => {
    expect(rowsBelow('docs/errors.md', 'Refusals').sort()).toEqual([...refusals].sort());
  });

  it('every exit code', () => {
    expect(rowsBelow('docs/errors.md', 'Exit codes of `cairn`').map(Number)).toEqual(Object.values(exitCodes));
  });
});

it('docs/pipelines.md tells of every exit code', () => {
  expect(rowsBelow('docs/pipelines.md', 'Exit codes').map(Number)).toEqual(Object.values(exitCodes));
});

it('docs/operations.md tells of every metric with its labels', () => {
  expect(rowsBelow('docs/operations.md', 'Metrics')).toEqual(Object.keys(metrics));
  for (const [name, { labels }] of Object.entries(metrics))
    expect(read('docs/operations.md')).toContain(`| \`${name}\` | ${labels.join(', ')} |`);
});

it('docs/configuration.md tells how large a task may be', () => {
  expect(read('docs/configuration.md')).toContain(`more than ${maxTaskBytes.toLocaleString('en')} bytes`);
});

describe('docs/temporal-ui.md', () => {
  const page = 'docs/temporal-ui.md';

  it('names every search attribute and every phase', () => {
    const rows = rowsBelow(page, 'Finding things').filter((name) => name in searchAttributes);
    expect(rows).toEqual(expect.arrayContaining(Object.keys(searchAttributes)));
    for (const phase of phases) expect(read(page)).toContain(`\`${phase}\``);
  });

  it('shows every picture that the script makes, and no other is kept', () => {
    const shown = [...read(page).matchAll(/\]\(pictures\/([\w-]+)\.png\)/g)].map(([, name]) => name);
    const made = [...read('test/ui/pictures.ts').matchAll(/name: '([\w-]+)'/g)].map(([, name]) => name);
    expect(shown.sort()).toEqual(made.sort());
    expect(readdirSync(join(root, 'docs/pictures')).sort()).toEqual(made.map((name) => `${name}.png`));
  });
});

describe('every link to a file or heading leads somewhere, in', () => {
  it.each(pages)('%s', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#') as [string, string?];
  const file = path === '' ? page : join(dirname(page), path);
  const entries = readdirSync(join(root, dirname(file)));
  const isThere = file.endsWith('/') || entries.includes(file.split('/').at(-1)!);
  return isThere && (heading === undefined || headingsOf(file).includes(heading));
}

/** As GitHub makes anchors of headings. */
function headingsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}
