const GiB = 1024 ** 3;

/** The settings of a cluster; `settings-schema.ts` says what each means and allows. Bytes are bytes. */
export interface Settings {
  readonly waitingTasks: number;
  readonly tasksOfAKind: number;
  readonly freeLocalBytes: number;
  readonly maxLocalBytes: number;
  /** These four are absent in what older versions wrote. */
  readonly latenessSeconds?: number;
  readonly intervalSeconds?: number;
  readonly checkSeconds?: number;
  readonly standbySeconds?: number;
  readonly requestSeconds: number;
  readonly heartbeatSeconds: number;
  readonly attempts: number;
}

/** The product's numbers (product facts §1 Table 5, §2), and cairn's own for what the product does not say. */
export const productSettings: Required<Settings> = {
  waitingTasks: 199,
  tasksOfAKind: 100,
  freeLocalBytes: 20 * GiB,
  maxLocalBytes: 600 * GiB,
  latenessSeconds: 120,
  intervalSeconds: 120,
  checkSeconds: 3600,
  standbySeconds: 60,
  requestSeconds: 120,
  heartbeatSeconds: 15,
  attempts: 20,
};

/** Largest task that the `cluster` workflow carries, in bytes of JSON; 200 of them must fit (design §6). */
export const maxTaskBytes = 1150;
/** Largest state that the `cluster` workflow carries, in bytes of JSON. Continue-as-new fails above 2 MiB. */
export const maxStateBytes = 512 * 1024;
