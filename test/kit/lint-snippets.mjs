/**
 * Lints pieces of code as if they stood in the named files; prints, for each, the rules that refuse it.
 * A process of its own, because the linter's configuration is an ES module, which jest does not load.
 */
import { ESLint } from 'eslint';

const snippets = JSON.parse(process.argv[2]);
const eslint = new ESLint();
const found = [];
for (const { file, code } of snippets) {
  const [{ messages }] = await eslint.lintText(code, { filePath: file });
  found.push(messages.map(({ ruleId, message }) => ruleId ?? message));
}
console.log(JSON.stringify(found));
