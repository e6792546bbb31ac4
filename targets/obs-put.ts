import { dirname } from 'node:path/posix';
import { type Control, handedOver } from '../model/control';
import { isKind } from '../model/errors';
import type { Body, Stored } from '../model/target';
import type { S3Part, S3Requests, S3Upload } from '../servers/s3';
import { isNoUpload } from '../servers/s3-errors';
import { stopIfCancelled } from './checked-body';
import { isWholePart, type PartPlan, planOf, sendParts } from './obs-parts';
import { keyOf, type ObsPlace, onObs } from './obs-place';
import { takenOver } from './object-errors';
import { partPrefix } from './part-names';

/**
 * Every object comes by an upload in parts, also a small one. So the newest put wins, whatever else still goes on
 * somewhere: it first aborts the uploads of this key that others began, and an aborted one can never be completed.
 *
 * An upload that may be gone on from has a note beside its object, named by the body's id: nothing else that a store tells
 * of an upload says what it is of. The note says which upload it is; whether that is open, and which parts it has, is asked
 * of the store. A note can be late, but not wrong: an upload's id is used once, and that one was begun for this body.
 */
export async function putObject(place: ObsPlace, name: string, body: Body, control: Control): Promise<Stored> {
  stopIfCancelled(name, control);
  const key = keyOf(place, name);
  const plan = planOf(name, body.bytes);
  const put: Put = {
    place,
    s3: place.s3.during(control.signal),
    name,
    key,
    body,
    control,
    plan,
    note: noteOf(key, body),
  };
  try {
    return { name, bytes: await store(put) };
  } catch (error) {
    stopIfCancelled(name, control, error);
    throw error;
  }
}

interface Put {
  readonly place: ObsPlace;
  /** Its requests end with the put. */
  readonly s3: S3Requests;
  readonly name: string;
  readonly key: string;
  readonly body: Body;
  readonly control: Control;
  readonly plan: PartPlan;
  /** The key of the note; absent where there would be nothing to go on from. */
  readonly note: string | undefined;
}

/** In an object's metadata: the id of its body. */
const idField = 'cairn-body';
/** An upload's id is shorter. */
const longestNote = 4096;

function noteOf(key: string, { id, bytes }: Body): string | undefined {
  const isOnePart = bytes !== undefined && bytes <= planOf(key, bytes).partBytes;
  return id === undefined || isOnePart ? undefined : `${notesOf(key)}${id}`;
}

/** How all notes about uploads of this key begin. */
function notesOf(key: string): string {
  return `${dirname(key)}/${partPrefix(key)}`;
}

/** Who else stores this name is stopped first, also where the object is right already: he could replace it. */
async function store(put: Put): Promise<number> {
  const open = await onObs(`store ${put.name}`, takeOver(put));
  const stored = await standing(put);
  if (stored === undefined) return await upload(put, open);
  if (open !== undefined) await put.place.s3.abort(open).catch(() => undefined);
  await forget(put);
  return stored;
}

/** The attempt before may have been cut off when all was done: then the object is this body already. */
async function standing({ s3, name, key, body: { id, bytes }, control }: Put): Promise<number | undefined> {
  if (id === undefined || bytes === undefined) return undefined;
  const status = await onObs(`store ${name}`, s3.status(key));
  if (status?.metadata[idField] !== id || status.bytes !== bytes) return undefined;
  control.report({ bytes, totalBytes: bytes });
  return bytes;
}

async function upload(put: Put, open: S3Upload | undefined): Promise<number> {
  const begun = await onObs(`store ${put.name}`, open === undefined ? begin(put) : goOn(put, open));
  try {
    const { parts, bytes } = await sendParts({ ...put, ...begun });
    stopIfCancelled(put.name, put.control);
    // Not ended by the signal: once it was asked for, only its answer tells whether the object is there.
    await onObs(`store ${put.name}`, put.place.s3.complete(begun.upload, parts));
    await forget(put);
    return bytes;
  } catch (error) {
    return await endOf(put, begun.upload, error);
  }
}

/** An upload that is gone may have been completed by an older attempt for the same body. */
async function endOf(put: Put, upload: S3Upload, error: unknown): Promise<number> {
  const stored = isNoUpload(error) ? await standing(put) : undefined;
  if (stored !== undefined) return stored;
  if (!mayBeGoneOnFrom(put, error)) {
    await put.place.s3.abort(upload).catch(() => undefined);
    await forget(put);
  }
  throw isNoUpload(error) ? takenOver(put.name, error, 'place') : error;
}

interface Begun {
  readonly upload: S3Upload;
  /** Parts that it has already, as they are to be. */
  readonly there: readonly S3Part[];
}

/** Aborts the uploads of this key but for the one that is of this body, and answers that one. */
async function takeOver(put: Put): Promise<S3Upload | undefined> {
  const { s3, key, plan, note } = put;
  const noted = note === undefined ? undefined : await readNote(s3, note);
  let mine: S3Upload | undefined;
  for await (const upload of s3.uploads(key)) {
    if (upload.key !== key) continue;
    if (upload.id === noted) mine = upload;
    else await s3.abort(upload);
  }
  if (plan.parts !== 1) await removeNotes(put);
  return mine;
}

async function goOn({ s3, plan }: Put, upload: S3Upload): Promise<Begun> {
  return { upload, there: (await s3.parts(upload)).filter((part) => isWholePart(plan, part)) };
}

async function begin({ s3, key, body: { id }, note }: Put): Promise<Begun> {
  const upload = await s3.begin(key, id === undefined ? {} : { [idField]: id });
  if (note !== undefined) await s3.put(note, upload.id);
  return { upload, there: [] };
}

async function readNote(s3: S3Requests, note: string): Promise<string | undefined> {
  const found = await s3.get(note);
  if (found === undefined) return undefined;
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of found.stream as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > longestNote) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Of bodies with other ids. */
async function removeNotes({ s3, key, note }: Put): Promise<void> {
  for await (const page of s3.list(notesOf(key)))
    for (const other of page) if (other.key.startsWith(notesOf(key)) && other.key !== note) await s3.remove(other.key);
}

/** What cannot be removed now is left to `clean`. */
async function forget({ place, note }: Put): Promise<void> {
  if (note !== undefined) await place.s3.remove(note).catch(() => undefined);
}

/** Only where another attempt is to come, and can find it. */
function mayBeGoneOnFrom({ note, control: { signal } }: Put, error: unknown): boolean {
  if (note === undefined) return false;
  return signal.aborted ? signal.reason === handedOver : isKind(error, 'unavailable');
}
