/** `npm run generate`: writes what is made from the schemas. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generated } from './generated';

const root = process.cwd();
for (const { path, text } of generated(root)) writeFileSync(join(root, path), text);
