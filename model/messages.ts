/** Names of the signals and queries of cairn's workflows, for both sides. */
export const messages = {
  /** To `cluster`: a `Command`. */
  command: 'command',
  /** To `cluster`: a `Registration`, from a worker's start. */
  register: 'register',
  /** To whoever asked: the `Answer` to the command with this key. */
  answer: 'answer',
  /** To a run: a `StepProgress` from one of its steps. */
  progress: 'progress',
  /** Query of `cluster`: its `ClusterState`. */
  state: 'state',
  /** Query of a run: its `RunProgress`. */
  runProgress: 'progress',
} as const;

/** What a query fails with that must be asked again: see `workflows/stale-activations.ts`. */
export const staleQuery = 'the query came with events that no workflow task has begun to handle, ask again';

/** Workflow type names, as clients start them and as the Temporal UI shows them. */
export const workflowTypes = {
  cluster: 'cluster',
  request: 'request',
  backUp: 'backUp',
  backUpPart: 'backUpPart',
  backUpDataPart: 'backUpDataPart',
  restore: 'restore',
  restorePart: 'restorePart',
  restoreDataPart: 'restoreDataPart',
  describeReplaced: 'describeReplaced',
  measureVolume: 'measureVolume',
  releaseTask: 'releaseTask',
  cleanUp: 'cleanUp',
  mirror: 'mirror',
  verifySets: 'verifySets',
  listSets: 'listSets',
  checkTarget: 'checkTarget',
  cleanSets: 'cleanSets',
  notify: 'notify',
  notifyAll: 'notifyAll',
} as const;
