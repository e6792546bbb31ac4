/** An absolute path of a folder on the host that executes the step. */
export type Directory = string;
