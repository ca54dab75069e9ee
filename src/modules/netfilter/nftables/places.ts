import { folder, ownUnit } from '../files.ts'

/** Our table; nothing else of nftables is ever written. */
export const table = 'inet sallyport'
export const file = `${folder}/netfilter.nft`
export const unit = ownUnit('sallyport-nftables.service')

/** What nftables.service loads: Debian's path, and Red Hat's. */
export const configurations = ['/etc/nftables.conf', '/etc/sysconfig/nftables.conf']

/** Lines in that file, behind whatever it says itself: it mostly begins with `flush ruleset`. */
export const includeLines = `
# Rules of Sallyport: it puts these two lines here, and takes them away again.
include "${file}"
`

/** Also where somebody took only the include away. */
export const includedBefore = /\n# Rules of Sallyport: [^\n]*\n(?:include "[^\n]*"\n)?/g
