import type { KubeObject, Resource } from '../api/index.ts'
import { type Client, isNotFound } from '../client/index.ts'
import type { Clock } from '../lib/index.ts'

export interface ReadOptions {
  readonly namespace: string | undefined
  readonly name: string
  /** How old an answer may be; milliseconds. 0 asks the API. */
  readonly maxAge: number
}

/** Objects that many Pods of a node are filled from, read once for all that ask in the same moment. */
export interface Reads {
  /** undefined when there is no such object. */
  get<T extends KubeObject>(resource: Resource<T>, options: ReadOptions): Promise<T | undefined>
}

/** More than a node's Pods name at once; what is older than any caller wants is forgotten then. */
const MANY = 256
const OLD = 60_000

export function createReads({ client, clock }: { client: Client; clock: Clock }): Reads {
  const answers = new Map<string, { readonly at: number; readonly answer: Promise<KubeObject | undefined> }>()
  const read = async (resource: Resource<KubeObject>, name: { namespace: string | undefined; name: string }) => {
    try {
      return await client.get(resource, name)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
  return {
    get<T extends KubeObject>(resource: Resource<T>, { namespace, name, maxAge }: ReadOptions): Promise<T | undefined> {
      const key = `${resource.plural}/${namespace}/${name}`
      const now = clock.now()
      const known = answers.get(key)
      if (known && now - known.at < maxAge) return known.answer as Promise<T | undefined>
      if (answers.size > MANY) for (const [old, { at }] of answers) if (now - at > OLD) answers.delete(old)
      const answer = read(resource, { namespace, name })
      answers.set(key, { at: now, answer })
      answer.catch(() => answers.delete(key))
      return answer as Promise<T | undefined>
    },
  }
}
