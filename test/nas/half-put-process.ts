import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { openNasSite, type Protocol } from './nas';

/** See `startHalfPut`. */
async function main(): Promise<void> {
  const [, , work = '', protocol = '', name = '', half = '', id = ''] = process.argv;
  const bytes = Number(half);
  const nas = await openNasSite(work);
  let sent = 0;
  const block = Buffer.alloc(256 * 1024, 'x');
  const stream = new Readable({
    read() {
      if (sent >= bytes) return;
      sent += block.length;
      this.push(block);
    },
  });
  const report = ({ bytes: reported = 0 }) => {
    // A moment more, so that what was reported is written, too.
    if (reported >= bytes) void sleep(200).then(() => process.stdout.write('half\n'));
  };
  const control = { signal: new AbortController().signal, resume: undefined, report };
  const body = { bytes: 2 * bytes, ...(id !== '' && { id }), open: async () => stream };
  await nas.open(protocol as Protocol).put(name, body, control);
}

void main();
setInterval(() => undefined, 1000);
