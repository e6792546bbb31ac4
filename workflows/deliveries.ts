/**
 * What a cluster sends to others (answers, a stop, what a deleted task kept) and has not heard of whether it arrived. It
 * decides on meanwhile: the server may be late with one of them, and would hold up all commands that come after it.
 */
export interface Deliveries {
  add(deliveries: readonly Promise<void>[]): void;
  /** How many more it may take: the server has a limit for each workflow. */
  room(): number;
  /** True while any has not arrived: it would be lost with this run of the workflow. */
  areUnderWay(): boolean;
  /** Ends when all have arrived. */
  all(): Promise<void>;
}

/** Of 2,000 that Temporal allows; one command may need two. */
const most = 500;

export function openDeliveries(): Deliveries {
  const underWay = new Set<Promise<void>>();
  const track = (delivery: Promise<void>) => {
    underWay.add(delivery);
    void delivery.then(() => underWay.delete(delivery));
  };
  return {
    add: (deliveries) => deliveries.forEach(track),
    room: () => Math.max(0, most - underWay.size),
    areUnderWay: () => underWay.size > 0,
    all: async () => void (await Promise.all(underWay)),
  };
}
