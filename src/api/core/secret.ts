import type { Secret } from '../generated/types.gen.ts'
import { invalid, invalids, required, tooLong } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { validateImmutable } from '../metadata.ts'
import { configKey } from '../names.ts'
import type { Draft } from '../object.ts'
import { age, integer, text } from '../printing/columns.ts'
import { secrets } from '../resources.ts'
import { MOST_BYTES, validateImmutableData } from './data.ts'

const entries = (object: Secret): number => Object.keys(object.data ?? {}).length

export const secret = defineKind<Secret>(secrets, {
  schema: 'io.k8s.api.core.v1.Secret',
  setDefaults,
  validate,
  validateUpdate: (object, old) => [...validateImmutable('type', object.type, old.type), ...validateImmutableData(object, old)],
  selectableFields: (object) => ({ type: object.type ?? '' }),
  columns: [
    text('Type', 'What the Secret is for.', (object) => object.type ?? ''),
    { ...integer('Data', 'How many entries there are.', entries), type: 'string' },
    age,
  ],
})

/** `stringData` is for writing only: it becomes `data`, over what is there. */
function setDefaults(object: Draft<Secret>): void {
  object.type ||= 'Opaque'
  if (!object.stringData) return
  object.data ??= {}
  for (const [key, value] of Object.entries(object.stringData)) object.data[key] = Buffer.from(value).toString('base64')
  delete object.stringData
}

/** The keys that Secrets of each type can't be without. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
}

const ACCOUNT = 'kubernetes.io/service-account.name'

/** As upstream's `ValidateSecret`. */
function validate({ metadata, data = {}, type = '' }: Secret): FieldError[] {
  const found: FieldError[] = []
  let bytes = 0
  for (const [key, value] of Object.entries(data)) {
    found.push(...invalids(`data[${key}]`, key, configKey(key)))
    bytes += Buffer.byteLength(value, 'base64')
  }
  if (bytes > MOST_BYTES) found.push(tooLong('data', MOST_BYTES))
  for (const key of NEEDS[type] ?? []) if (data[key] === undefined) found.push(required(`data[${key}]`))
  if (type.startsWith('kubernetes.io/docker')) found.push(...validateDockerConfig(data))
  if (type === 'kubernetes.io/service-account-token' && !metadata.annotations?.[ACCOUNT]) {
    found.push(required(`metadata.annotations[${ACCOUNT}]`))
  }
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined) {
    found.push(required('data[username]'), required('data[password]'))
  }
  return found
}

function validateDockerConfig(data: Readonly<Record<string, string>>): FieldError[] {
  const keys = ['.dockerconfigjson', '.dockercfg'].filter((key) => data[key] !== undefined)
  return keys.flatMap((key) => {
    try {
      JSON.parse(Buffer.from(data[key] ?? '', 'base64').toString())
      return []
    } catch (error) {
      return [invalid(`data[${key}]`, '<secret contents redacted>', error instanceof Error ? error.message : '')]
    }
  })
}
