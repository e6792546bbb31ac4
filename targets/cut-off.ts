import { type Control, handedOver } from '../model/control';
import { BackupError, errorKinds } from '../model/errors';
import type { Body } from '../model/target';

/**
 * True when what a put had stored before this error is left for the next attempt to go on from: the body says what it is,
 * and there will be another attempt. A stop by a person, or an error that is not tried again, leaves nothing.
 */
export function isCutOff(body: Body, control: Control, error: unknown): boolean {
  if (body.id === undefined) return false;
  if (control.signal.aborted) return control.signal.reason === handedOver;
  return !(error instanceof BackupError) || errorKinds[error.kind].retried;
}
