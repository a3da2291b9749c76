import type { KubeObject } from '../api.ts'
import type { Clock } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import type { Bearer, Ref } from './claims.ts'
import { TokenError } from './token-error.ts'

/** What goes away is believed a little longer, so that programs can say goodbye. Milliseconds. */
const LEEWAY = 60_000

/** What there is, and when. */
export interface Present {
  readonly store: Store
  readonly clock: Clock
}

/**
 * A token is worth nothing once its account, or what it is bound to, is gone or another one of the same name. Throws
 * {@link TokenError}. As upstream's `serviceaccount.validator`.
 */
export function mustStillBeThere(present: Present, { namespace, serviceaccount, pod, secret, node }: Bearer): void {
  const account = objectAt(present, `//serviceaccounts/${namespace}/${serviceaccount.name}`)
  if (!account) throw new TokenError(`serviceaccounts "${serviceaccount.name}" not found`)
  mustBeSame(account, serviceaccount, 'service account UID (%s) does not match claim (%s)')
  if (isGone(present, account)) throw new TokenError(`service account ${namespace}/${serviceaccount.name} has been deleted`)
  if (secret) bound(present, `//secrets/${namespace}/${secret.name}`, { ref: secret, what: 'secret' })
  if (pod) bound(present, `//pods/${namespace}/${pod.name}`, { ref: pod, what: 'pod' })
  else if (node) bound(present, `//nodes/${node.name}`, { ref: node, what: 'node' })
}

function bound(present: Present, key: string, { ref, what }: { ref: Ref; what: string }): void {
  const object = objectAt(present, key)
  if (!object || isGone(present, object)) throw new TokenError('service account token has been invalidated')
  mustBeSame(object, ref, `${what} UID (%s) does not match service account ${what} ref claim (%s)`)
}

function objectAt(present: Present, key: string): KubeObject | undefined {
  const entry = present.store.get(key)
  return entry && (JSON.parse(entry.value.toString()) as KubeObject)
}

function isGone(present: Present, { metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) < present.clock.now() - LEEWAY
}

function mustBeSame({ metadata }: KubeObject, { uid }: Ref, text: string): void {
  if (metadata.uid !== uid) throw new TokenError(text.replace('%s', metadata.uid ?? '').replace('%s', uid))
}
