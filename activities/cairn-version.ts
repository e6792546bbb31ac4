import { version } from '../package.json';

/** The version of cairn that writes a manifest. */
export const cairnVersion: string = version;
