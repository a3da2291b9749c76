import { pods } from '../../api/index.ts'
import type { Caches } from '../../client/index.ts'

/** Which names of Pods are answered: any that has the form of an address, those of Pods that exist, none. */
export type PodNames = 'insecure' | 'verified' | 'disabled'

/** Whether a Pod of a namespace has an address. Only `verified` needs to watch Pods, and resolves when it does. */
export async function podTest(mode: PodNames, caches: Caches): Promise<(namespace: string, address: string) => boolean> {
  if (mode === 'insecure') return () => true
  if (mode === 'disabled') return () => false
  const cache = caches.of(pods)
  const podsAt = cache.indexBy(({ status }) => (status?.podIPs ?? []).map(({ ip }) => ip ?? ''))
  await cache.whenSynced()
  return (namespace, address) => podsAt(address).some(({ metadata }) => metadata.namespace === namespace)
}
