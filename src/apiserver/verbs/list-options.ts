import { badRequest, invalid } from '../http/status-error.ts'
import { parseRevision } from './revision.ts'

/** What a list is of: https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list */
export interface ListOptions {
  /** Infinity when there is no limit. */
  readonly limit: number
  /** Only what comes after this key; from a continue token. */
  readonly after?: string
  /** The state as of this revision; the newest when undefined. */
  readonly revision?: number
  /** The state must be at least as new as this. */
  readonly notOlderThan: number
}

interface ContinueToken {
  readonly v: 'meta.k8s.io/v1'
  readonly rv: number
  readonly start: string
}

export const encodeContinue = (revision: number, last: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: last } satisfies ContinueToken)).toString('base64url')

function decodeContinue(text: string): ContinueToken {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as ContinueToken
    if (token.v === 'meta.k8s.io/v1' && typeof token.rv === 'number' && typeof token.start === 'string') return token
  } catch {
    // Refused below.
  }
  throw badRequest('continue key is not valid: the token is malformed')
}

/** Throws BadRequest and Invalid as upstream's `metav1/validation.ValidateListOptions` and `apiserver/pkg/storage`. */
export function listOptionsOf(query: URLSearchParams): ListOptions {
  const limit = limitOf(query.get('limit'))
  const match = query.get('resourceVersionMatch') ?? ''
  const token = query.get('continue')
  const wanted = parseRevision(query.get('resourceVersion'))
  refuseMatch(match, wanted, token)
  if (query.has('sendInitialEvents')) refuse('sendInitialEvents is forbidden for list', 'sendInitialEvents')
  if (token) {
    if (wanted) throw badRequest('specifying resource version is not allowed when using continue')
    const { rv, start } = decodeContinue(token)
    // The token of an expired list goes on with what is there now.
    return { limit, after: start, revision: rv < 0 ? undefined : rv, notOlderThan: 0 }
  }
  const exact = match === 'Exact' || (match === '' && wanted !== undefined && wanted > 0 && limit !== Infinity)
  return exact ? { limit, revision: wanted, notOlderThan: wanted ?? 0 } : { limit, notOlderThan: wanted ?? 0 }
}

function limitOf(text: string | null): number {
  if (!text) return Infinity
  const limit = Number(text)
  if (!Number.isInteger(limit)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`)
  return limit > 0 ? limit : Infinity
}

function refuseMatch(match: string, wanted: number | undefined, token: string | null): void {
  if (match === '') return
  if (wanted === undefined) refuse('resourceVersionMatch is forbidden unless resourceVersion is provided')
  if (token) refuse('resourceVersionMatch is forbidden when continue is provided')
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw invalid({ kind: 'ListOptions', group: 'meta.k8s.io', name: '' }, [
      {
        type: 'FieldValueNotSupported',
        field: 'resourceVersionMatch',
        message: `Unsupported value: "${match}": supported values: "Exact", "NotOlderThan", ""`,
      },
    ])
  }
  if (match === 'Exact' && wanted === 0) refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
}

function refuse(why: string, field = 'resourceVersionMatch'): never {
  throw invalid({ kind: 'ListOptions', group: 'meta.k8s.io', name: '' }, [
    { type: 'FieldValueForbidden', field, message: `Forbidden: ${why}` },
  ])
}
