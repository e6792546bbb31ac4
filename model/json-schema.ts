import { z } from 'zod';
import { workerConfigSchema } from './config';
import { webhookBodySchema } from './notification-schema';
import { taskFileSchema } from './task-file';

/** A part of a JSON Schema (2020-12), as far as ours use it. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  /** In words what `pattern` allows; editors show it. */
  readonly patternErrorMessage?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** The files that people write. */
export const writtenFiles = {
  tasks: { name: 'tasks.yaml', schema: taskFileSchema, title: 'tasks.yaml: backup tasks' },
  worker: { name: 'cairn.yaml', schema: workerConfigSchema, title: "cairn.yaml: a worker's configuration" },
} as const;

/** The JSON Schema of such a file: fields with a default may be left out. */
export function jsonSchemaOf(file: keyof typeof writtenFiles): JsonSchema {
  const { schema, title } = writtenFiles[file];
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', override: addPatternMessage });
  return { $schema, title, ...rest } as JsonSchema;
}

/** The JSON Schema of what a webhook receives. Fields may be added in time: who reads it lets others pass. */
export function notificationJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(webhookBodySchema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return { $schema, title: 'what a webhook of cairn receives', ...rest } as JsonSchema;
}

/** A pattern alone tells a person little: the words that a refusal uses stand beside it. */
function addPatternMessage(made: { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  for (const { _zod } of made.zodSchema._zod.def.checks ?? []) {
    const message = (_zod.def.error as ((issue: object) => unknown) | undefined)?.({});
    if (typeof message === 'string') made.jsonSchema['patternErrorMessage'] = message;
  }
}
