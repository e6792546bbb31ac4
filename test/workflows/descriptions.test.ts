import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** People meet signals, queries and updates in the Temporal UI by their names: each says there what it is. */
const folder = join(__dirname, '..', '..', 'workflows');
const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

test('each signal, query and update of every workflow has a description', () => {
  expect(files.flatMap(undescribed)).toEqual([]);
});

test('each one that is defined is handled somewhere', () => {
  const messages = files.find(({ name }) => name === 'messages.ts')!;
  const defined = [...messages.text.matchAll(/export const (\w+) = define(?:Signal|Query|Update)/g)].map(
    ([, name]) => name,
  );
  const handled = files.flatMap((file) => handlers(file).map(({ arguments: [of] }) => of!.getText()));
  expect([...new Set(handled)].sort()).toEqual(defined.sort());
});

test.each([
  ['without options', 'setHandler(aSignal, () => {});'],
  ['with other options', "setHandler(aSignal, () => {}, { unfinishedPolicy: 'ABANDON' });"],
  ['with nothing in it', "setHandler(aSignal, () => {}, { description: '' });"],
])('one is found %s', (_, text) => {
  expect(undescribed({ name: 'a.ts', text })).toHaveLength(1);
});

interface Source {
  readonly name: string;
  readonly text: string;
}

function undescribed(file: Source): string[] {
  return handlers(file)
    .filter(({ arguments: [, , options] }) => !isDescribed(options))
    .map((call) => `${file.name}: ${call.getText().slice(0, 60)}`);
}

function handlers({ name, text }: Source): ts.CallExpression[] {
  const found: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^set(Default\w+)?Handler$/.test(node.expression.getText())) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true));
  return found;
}

/** A sentence that stands there as it is, so that it can be read here. */
function isDescribed(options: ts.Expression | undefined): boolean {
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return false;
  return options.properties.some(
    (property) =>
      ts.isPropertyAssignment(property) &&
      property.name.getText() === 'description' &&
      ts.isStringLiteralLike(property.initializer) &&
      property.initializer.text.length > 20,
  );
}
