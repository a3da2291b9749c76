import type { Resource } from '../../api/index.ts'
import { type Client, discover, isNotFound } from '../../client/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { Progress, Remaining } from './conditions.ts'

/** Deletes everything in a namespace, Pods before what they may still need. Answers what is still there. Source: KEP-5080. */
export async function empty(client: Client, namespace: string, signal: AbortSignal): Promise<Progress> {
  const contents = (await discover(client, signal)).filter(
    (resource) => resource.namespaced && resource.verbs.includes('deletecollection'),
  )
  const isPods = ({ group, plural }: Resource): boolean => group === '' && plural === 'pods'
  const emptied = (resources: readonly Resource[]): Promise<readonly Emptied[]> =>
    Promise.all(resources.map((resource) => emptyOf(client, resource, { namespace, signal })))
  const first = await emptied(contents.filter(isPods))
  const rest = first.some(({ remaining }) => remaining) ? [] : await emptied(contents.filter((resource) => !isPods(resource)))
  const all = [...first, ...rest]
  return {
    remaining: all.flatMap(({ remaining }) => remaining ?? []),
    failures: all.flatMap(({ failure }) => failure ?? []),
  }
}

interface Emptied {
  readonly remaining?: Remaining
  readonly failure?: string
}

async function emptyOf(
  client: Client,
  resource: Resource,
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<Emptied> {
  const list = async () => (await client.list(resource, { namespace, metadataOnly: true }, signal)).items
  try {
    if ((await list()).length === 0) return {}
    await client.deleteCollection(resource, { namespace }, signal)
    const objects = await list()
    return objects.length > 0 ? { remaining: { resource, objects } } : {}
  } catch (error) {
    if (isNotFound(error)) return {}
    return { remaining: { resource, objects: [] }, failure: messageOf(error) }
  }
}
