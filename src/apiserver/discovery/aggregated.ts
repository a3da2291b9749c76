import { parseAccept } from '../http/accept.ts'
import { subresourceType, verbsOf } from './discovery.ts'
import type { GroupVersion, Served } from './discovery.ts'

/** Everything at once instead of a request for each group: KEP-3352. */
export const aggregatedType = (version: string): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`

/** The version that is asked for, or undefined when the asker wants the old documents. */
export function wantsAggregated(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== 'application/json' || parameters['g'] !== 'apidiscovery.k8s.io' || parameters['as'] !== 'APIGroupDiscoveryList')
      continue
    if (parameters['v'] === 'v2' || parameters['v'] === 'v2beta1') return parameters['v']
  }
  return undefined
}

export const aggregated = (served: readonly GroupVersion[], version: string): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: [...new Set(served.map(({ group }) => group))].map((name) => ({
    metadata: { ...(name && { name }), creationTimestamp: null },
    versions: served
      .filter(({ group }) => group === name)
      .map((entry) => ({ version: entry.version, resources: entry.kinds.map(resourceOf), freshness: 'Current' })),
  })),
})

function resourceOf(kind: Served): object {
  const { group, version, plural, singular, namespaced, shortNames, categories } = kind
  return {
    resource: plural,
    responseKind: { group, version, kind: kind.kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: verbsOf(kind),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(kind.subresources.length > 0 && {
      subresources: kind.subresources.map((subresource) => {
        const { verbs, ...responseKind } = subresourceType(kind, subresource)
        return { subresource, responseKind, verbs }
      }),
    }),
  }
}
