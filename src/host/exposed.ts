import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PortolanError } from '../lib/index.ts'

/** A program of the host that stands behind a Service. */
export interface Exposed {
  /** `default/api` */
  readonly service: string
  /** The name of the Service's port; empty where it has one port without a name. */
  readonly portName: string
  /** Where the program listens on the host's 127.0.0.1. */
  readonly hostPort: number
}

/**
 * The list of exposed programs, in the cluster's own folder: only who owns the cluster may open the host's loopback to it.
 * As an annotation of a Service it would be open to everybody who may write Services.
 */
export const exposedFile = (root: string): string => join(root, 'exposed.json')

/** Empty when there is no file. Throws BadExposed for a file that something else has written. */
export function readExposed(file: string): readonly Exposed[] {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  const parsed: unknown = tryParse(text)
  if (Array.isArray(parsed) && parsed.every(isExposed)) return parsed
  throw new PortolanError('BadExposed', `${file} is not a list of exposed programs; remove it and expose them again`)
}

/** The list with `added` in it; it takes the place of what stood behind the same port of the same Service. */
export const withExposed = (list: readonly Exposed[], added: Exposed): readonly Exposed[] => [
  ...list.filter(({ service, portName }) => service !== added.service || portName !== added.portName),
  added,
]

/** The list without everything that stands behind `service`. */
export const withoutExposed = (list: readonly Exposed[], service: string): readonly Exposed[] =>
  list.filter((exposed) => exposed.service !== service)

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isExposed = (value: unknown): value is Exposed =>
  typeof value === 'object' &&
  value !== null &&
  'service' in value &&
  typeof value.service === 'string' &&
  'portName' in value &&
  typeof value.portName === 'string' &&
  'hostPort' in value &&
  typeof value.hostPort === 'number'
