import { failure, RCODE } from '../../wire/index.ts'
import type { Lead } from '../answer.ts'
import type { Forward } from '../respond.ts'
import type { Forwarder, Outcome } from './forwarder.ts'
import { forwardedReply } from './reply.ts'

export interface AskLeadsOptions {
  readonly forwarder: Forwarder
  /** Told when others knew a name that was found along a client's search path. */
  readonly onShortcut: () => void
  /** Whether a client has other servers to ask, and is to be sent there. */
  readonly hasOthers: (client: string) => boolean
}

/** Asks others about one lead after the other, until one says something that may be told. */
export function askLeads({ forwarder, onShortcut, hasOthers }: AskLeadsOptions): Forward {
  return async (query, { leads, otherwise }, client) => {
    const tell = ({ name, aliases }: Lead, outcome: Outcome) =>
      forwardedReply({ query, aliases, question: { name, type: query.type }, outcome })
    for (const [place, lead] of leads.entries()) {
      const outcome = await forwarder.ask({ name: lead.name, type: query.type })
      if (outcome === 'nobody' && lead.aliases.length === 0 && hasOthers(client)) return failure(RCODE.REFUSED)
      if (!otherwise) return tell(lead, outcome)
      const end = endOf(outcome)
      if (end === 'found' || (end === 'empty' && place === leads.length - 1)) {
        onShortcut()
        return tell(lead, outcome)
      }
      // Only the client itself can tell what comes behind an empty answer or a failure.
      if (end !== 'missing') break
    }
    return otherwise!
  }
}

function endOf(outcome: Outcome): 'found' | 'empty' | 'missing' | 'failed' {
  if (typeof outcome !== 'object') return 'failed'
  const { rcode, sections } = outcome.answer
  if (rcode === RCODE.NXDOMAIN) return 'missing'
  if (rcode !== RCODE.NOERROR) return 'failed'
  return sections.answers > 0 ? 'found' : 'empty'
}
