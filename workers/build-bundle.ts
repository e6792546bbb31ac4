import { writeFile } from 'node:fs/promises';
import { builtBundle, bundleWorkflows } from './workflow-bundle';

/** A step of `npm run build`. */
void bundleWorkflows().then(({ code }) => writeFile(builtBundle, code));
