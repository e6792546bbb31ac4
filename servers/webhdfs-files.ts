import { Readable } from 'node:stream';
import type { Body, Range } from '../model/target';
import type { Method, NameNodes } from './webhdfs-name-nodes';
import type { Params } from './webhdfs-package';

/** The bytes of a file. A Body is read from its beginning. */
export type Source = Buffer | Readable | Body;

/** Opens a file for reading; the stream errors when it is cut off. */
export async function openFile(nameNodes: NameNodes, path: string, range: Range | undefined): Promise<Readable> {
  const part: Params = range === undefined ? {} : { offset: range.start, length: range.end - range.start + 1 };
  const answer = await nameNodes.askDataNode(await nameNodes.locate('GET', 'OPEN', path, part), {});
  return Readable.from(answer.chunks(), { objectMode: false });
}

/** Creates a file or appends to one. When it returns, HDFS has closed the file. */
export async function writeFile(
  nameNodes: NameNodes,
  method: Method,
  operation: 'CREATE' | 'APPEND',
  path: string,
  source: Source,
  params: Params,
): Promise<void> {
  const url = await nameNodes.locate(method, operation, path, params);
  const body = await streamOf(source);
  // The DataNode answers when the whole block pipeline has confirmed, and that takes a while on a busy cluster.
  const answer = await nameNodes.askDataNode(url, { method, headers: binary, body, answerWithin: 120_000 });
  answer.discard();
}

const binary = { 'content-type': 'application/octet-stream' };

async function streamOf(source: Source): Promise<AsyncIterable<Uint8Array>> {
  if (Buffer.isBuffer(source)) return Readable.from([source]);
  return 'open' in source ? source.open(0) : source;
}
