/** Default ServiceAccounts and the root certificate of every namespace. */
export { runServiceAccounts } from './run.ts'
