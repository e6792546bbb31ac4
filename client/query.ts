import type { WorkflowHandle } from '@temporalio/client';
import { staleQuery } from '../model/messages';

/** What a workflow answers to a query; asked again where it came at a moment at which nobody could answer it. */
export async function query<T>(handle: WorkflowHandle, name: string): Promise<T> {
  for (;;) {
    try {
      return await handle.query<T>(name);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(staleQuery)) throw error;
    }
  }
}
