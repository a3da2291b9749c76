import { getServers } from 'node:dns'

/**
 * The host's own resolvers, for names outside the cluster. Those on loopback addresses are left out: inside the bubble
 * loopback is another one.
 */
export const hostResolvers = (): string[] =>
  getServers().filter((server) => !server.startsWith('127.') && !server.includes('::1'))
