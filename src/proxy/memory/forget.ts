import { type Conntrack, isNoSuchObject, type Nft } from '../../kernel/index.ts'
import { clientsMap, type Family, nodePortClientsMap, PROTOCOLS, TABLE } from '../table/names.ts'
import type { Inspection } from './reach.ts'
import { parseClient, strayClients, strayFlows } from './remembered.ts'

/** How often a client may expire between being listed and being deleted. */
const ATTEMPTS = 5

export interface Memory {
  readonly nft: Nft
  readonly conntrack: Conntrack
}

/**
 * Makes the kernel forget what leads to endpoints that are gone: clients with affinity, flows of UDP and SCTP. To be called after
 * the rules have changed, so that nothing new of the kind comes up. Answers how many flows that were; undefined when none was looked at.
 */
export async function forget(inspection: Inspection, { nft, conntrack }: Memory, family: Family): Promise<number | undefined> {
  if (inspection.clients === 'all' || inspection.clients.size > 0) await forgetClients(inspection, nft, family)
  if (inspection.flows !== 'all' && inspection.flows.size === 0) return undefined
  let deleted = 0
  for (const protocol of ['udp', 'sctp'] as const) {
    const stray = strayFlows(await conntrack.list(protocol, family), inspection)
    if (stray.length > 0) await conntrack.remove(stray)
    deleted += stray.length
  }
  return deleted
}

async function forgetClients(inspection: Inspection, nft: Nft, family: Family): Promise<void> {
  for (const protocol of PROTOCOLS) {
    for (const map of [clientsMap(protocol), nodePortClientsMap(protocol)]) {
      const stray = async (): Promise<readonly string[]> => {
        const clients = (await nft.elements(`${family} ${TABLE} ${map}`)).map((element) => parseClient(element, protocol))
        return strayClients(clients, inspection).map(({ key }) => key)
      }
      for (let attempt = 1, keys = await stray(); keys.length > 0; attempt++, keys = await stray()) {
        try {
          await nft.run(`delete element ${family} ${TABLE} ${map} { ${keys.join(', ')} }`)
        } catch (error) {
          if (!isNoSuchObject(error) || attempt === ATTEMPTS) throw error
        }
      }
    }
  }
}
