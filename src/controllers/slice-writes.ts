import { type EndpointSlice, endpointSlices } from '../api/index.ts'
import { type Cache, type Client, whenSeen, whenSeenDeleted } from '../client/index.ts'
import { ignoreOutdated } from './outdated.ts'

/** What has to be written so that slices say what they should. */
export interface SliceWrites {
  readonly create: readonly EndpointSlice[]
  readonly update: readonly EndpointSlice[]
  readonly delete: readonly EndpointSlice[]
}

export interface SliceWriter {
  readonly client: Client
  readonly cache: Cache<EndpointSlice>
  readonly signal: AbortSignal
}

/** Resolves when everything is written and the cache has it, or somebody else was faster. */
export async function writeSlices({ client, cache, signal }: SliceWriter, writes: SliceWrites): Promise<void> {
  const remove = async (slice: EndpointSlice): Promise<void> => {
    const { namespace, name = '', uid } = slice.metadata
    await client.delete(endpointSlices, { namespace, name }, { preconditions: { uid } }, signal)
    await whenSeenDeleted(cache, slice)
  }
  await Promise.all([
    ...writes.create.map(async (slice) => whenSeen(cache, await client.create(endpointSlices, slice, signal))),
    ...writes.update.map(async (slice) => whenSeen(cache, await client.update(endpointSlices, slice, signal))),
    ...writes.delete.map(remove),
  ]).catch(ignoreOutdated)
}
