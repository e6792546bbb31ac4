export { cluster } from './cluster';
export { request } from './request';
export { backUp } from './back-up';
export { backUpPart } from './back-up-part';
export { restore } from './restore';
export { restorePart } from './restore-part';
export { cleanUp } from './clean-up';
export { listSets, verifySets } from './sets';
