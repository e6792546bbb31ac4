import { randomFrom } from '../kit/seed';

type Random = (below: number) => number;
type Mutation = (bytes: Buffer, random: Random) => Buffer;

const mutations: { readonly [name: string]: Mutation } = {
  flip(bytes, random) {
    const changed = Buffer.from(bytes);
    const at = random(bytes.length);
    changed[at]! ^= 1 << random(8);
    return changed;
  },
  insert(bytes, random) {
    const at = random(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)]);
  },
  delete(bytes, random) {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))]);
  },
  truncate: (bytes, random) => bytes.subarray(0, random(bytes.length)),
  swap(bytes, random) {
    const changed = Buffer.from(bytes);
    const [one, other] = [random(bytes.length), random(bytes.length)];
    [changed[one], changed[other]] = [bytes[other]!, bytes[one]!];
    return changed;
  },
};

export interface Mutated {
  readonly name: string;
  readonly bytes: Buffer;
}

/** So many really changed versions of the bytes, the same ones for a seed; all kinds of change in turn. */
export function* mutationsOf(bytes: Buffer, count: number, seed: number): Generator<Mutated> {
  const next = randomFrom(seed);
  const random: Random = (below) => Math.floor(next() * below);
  for (let made = 0; made < count;) {
    const [name, mutate] = Object.entries(mutations)[made % 5]!;
    const changed = mutate(bytes, random);
    if (changed.equals(bytes)) continue;
    made += 1;
    yield { name: `${name} ${made}`, bytes: changed };
  }
}
