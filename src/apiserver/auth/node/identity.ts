import type { User } from '../user.ts'

const PREFIX = 'system:node:'
const GROUP = 'system:nodes'

/** The name of the node that somebody is; undefined for everybody else. As upstream's `pkg/auth/nodeidentifier`. */
export const nodeNameOf = ({ name, groups }: User): string | undefined =>
  name.startsWith(PREFIX) && groups.includes(GROUP) ? name.slice(PREFIX.length) : undefined
