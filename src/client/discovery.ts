import type { APIGroupList, APIResourceList, Resource } from '../api/index.ts'
import type { Client } from './client.ts'

/** A resource as the server lists it, with what can be done to it. */
export interface DiscoveredResource extends Resource {
  readonly verbs: readonly string[]
}

/** Every resource of the server's preferred versions, without subresources. Rejects when a group can't be read. */
export async function discover(client: Client, signal?: AbortSignal): Promise<readonly DiscoveredResource[]> {
  const groups: APIGroupList = JSON.parse(await client.raw('/apis', signal))
  const versions = groups.groups.map((group) => group.preferredVersion?.groupVersion ?? group.versions[0]?.groupVersion ?? '')
  const paths = ['/api/v1', ...versions.map((version) => `/apis/${version}`)]
  const lists = await Promise.all(paths.map(async (path): Promise<APIResourceList> => JSON.parse(await client.raw(path, signal))))
  return lists.flatMap((list) => {
    const [version = '', group = ''] = list.groupVersion.split('/').reverse()
    const whole = list.resources.filter((resource) => !resource.name.includes('/'))
    return whole.map(({ name, kind, namespaced, verbs }) => ({ group, version, kind, plural: name, namespaced, verbs }))
  })
}
