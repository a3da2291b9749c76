import { subresourceType, verbsOf } from './discovery.ts'
import type { GroupVersion, Served } from './discovery.ts'

/** `/api` */
export const apiVersions = (serverAddress: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
})

/** `/apis` */
export const groupList = (served: readonly GroupVersion[]): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [...new Set(served.map(({ group }) => group))].filter((group) => group !== '').map((group) => groupOf(served, group)),
})

/** `/apis/apps` */
export const apiGroup = (served: readonly GroupVersion[], group: string): object => ({
  kind: 'APIGroup',
  apiVersion: 'v1',
  ...groupOf(served, group),
})

function groupOf(served: readonly GroupVersion[], name: string): object {
  const versions = served
    .filter(({ group }) => group === name)
    .map(({ version }) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

/** `/api/v1`, `/apis/apps/v1` */
export const resourceList = ({ group, version, kinds }: GroupVersion): object => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: group === '' ? version : `${group}/${version}`,
  resources: kinds.flatMap(resourcesOf),
})

function resourcesOf(kind: Served): object[] {
  const { plural, singular, namespaced, shortNames, categories } = kind
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  }
  const others = kind.subresources.map((subresource) => {
    const { group, version, kind: name, verbs } = subresourceType(kind, subresource)
    const foreign = group !== kind.group || version !== kind.version
    return {
      name: `${plural}/${subresource}`,
      singularName: '',
      namespaced,
      ...(foreign && { group, version }),
      kind: name,
      verbs,
    }
  })
  return [own, ...others]
}
