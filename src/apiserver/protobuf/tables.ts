import { readFileSync } from 'node:fs'

/** Name in JSON, type, and whether a zero is said aloud. Made by tools/generate-protobuf, which says more. */
export type Field = readonly [name: string, type: string, keepsZero?: true]

export interface Tables {
  /** The message of a kind: `apps/v1 Deployment`. */
  readonly roots: Readonly<Record<string, string>>
  readonly messages: Readonly<Record<string, Readonly<Record<string, Field>>>>
}

let loaded: Tables | undefined

/** Made by tools/generate-protobuf.ts, and read only once they are needed. */
export const tables = (): Tables =>
  (loaded ??= JSON.parse(readFileSync(new URL('./messages.gen.json', import.meta.url), 'utf8')) as Tables)
