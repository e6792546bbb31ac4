import type { Connection } from '@temporalio/client';
import { BackupError, messageOf } from '../model/errors';
import { searchAttributes } from '../model/names';

/** The server's numbers for the types (temporal.api.enums.v1.IndexedValueType). */
const typeNumbers = { KEYWORD: 2, KEYWORD_LIST: 7 } as const;

/** Makes the server know the search attributes by which runs are found; where it may not, says how an operator does it. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    const wanted = Object.fromEntries(missing.map((name) => [name, typeNumbers[searchAttributes[name]]]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
  } catch (cause) {
    const options = missing.map(
      (name) => `--name ${name} --type ${searchAttributes[name] === 'KEYWORD' ? 'Keyword' : 'KeywordList'}`,
    );
    throw new BackupError(
      'denied',
      `the search attributes ${missing.join(', ')} could not be registered (${messageOf(cause)})`,
      {
        hint: `let an operator run: temporal operator search-attribute create --namespace ${namespace} ${options.join(' ')}`,
      },
    );
  }
  await untilKnown(connection, namespace);
}

type Name = keyof typeof searchAttributes;

async function missingAttributes(connection: Connection, namespace: string): Promise<Name[]> {
  const known = await connection.operatorService.listSearchAttributes({ namespace });
  return (Object.keys(searchAttributes) as Name[]).filter((name) => known.customAttributes?.[name] === undefined);
}

/** The server tells its parts of a new attribute within a second or two. */
async function untilKnown(connection: Connection, namespace: string): Promise<void> {
  for (let time = 0; time < 50; time += 1) {
    if ((await missingAttributes(connection, namespace)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
