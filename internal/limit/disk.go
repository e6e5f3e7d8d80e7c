package limit

import (
	"strconv"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/storage"
)

// Names of limits on disks.
const (
	limitStorageClassNames = "storageClassNames"
	limitDisks             = "disks"
	limitDiskSize          = "diskSize"
	limitClaimNames        = "claimNames"
)

// What disks ask for is called.
const (
	classValue = "storage class "
	claimValue = "claim "
	disksValue = " disks"
)

// diskBefore returns the disk of a name before; nil for none.
func (c *checker) diskBefore(name v1alpha1.Label) *v1alpha1.Disk {
	return item(c.before().Disks, func(b *v1alpha1.Disk) bool { return b.Name == name })
}

// storageClasses judges the storage classes that disks name. That of a disk that is there never changes.
func (c *checker) storageClasses() {
	for i, d := range c.spec.Disks {
		list, name := c.limits.StorageClassNames, string(d.StorageClassName)
		if name == "" || d.StorageClassName == c.input.Defaults.StorageClassName || list == nil || matchesAny(list, name) {
			continue
		}
		b := c.diskBefore(d.Name)
		kept := b != nil && b.StorageClassName == d.StorageClassName
		if !kept && storage.Exists(d.Name, c.observed) {
			continue
		}
		c.add(c.path.Child("disks").Index(i).Child("storageClassName"), kept, notListed(limitStorageClassNames, patternTexts(list)).with(classValue+name))
	}
}

// disks judges how many disks there are. Fewer than before pass, on the way to the limit.
func (c *checker) disks() {
	if most, n := c.limits.Disks, len(c.spec.Disks); most != nil && n > int(*most) {
		c.add(c.path.Child("disks"), n <= len(c.before().Disks), maximum(limitDisks, strconv.Itoa(int(*most))).with(strconv.Itoa(n)+disksValue))
	}
}

// diskSizes judges the sizes of disks.
func (c *checker) diskSizes() {
	for i, d := range c.spec.Disks {
		if most := c.limits.DiskSize; most != nil && d.Size != nil && d.Size.Cmp(most.Quantity) > 0 {
			b := c.diskBefore(d.Name)
			c.add(c.path.Child("disks").Index(i).Child("size"), b != nil && isAtMost(d.Size, b.Size), maximum(limitDiskSize, most.String()).with(d.Size.String()))
		}
	}
}

// claims judges the claims that disks attach.
func (c *checker) claims() {
	for i, d := range c.spec.Disks {
		if d.ClaimName == "" {
			continue
		}
		kept := func() bool { b := c.diskBefore(d.Name); return b != nil && b.ClaimName == d.ClaimName }
		c.listed(c.path.Child("disks").Index(i).Child("claimName"), c.limits.ClaimNames, limitClaimNames,
			string(d.ClaimName), claimValue+string(d.ClaimName), kept)
	}
}

// Expressions of the disks of a Wukong and of the one before, and of the path of a disk.
const (
	disksCEL       = "(has(variables.spec.disks) ? variables.spec.disks : [])"
	disksBeforeCEL = "(has(variables.before.disks) ? variables.before.disks : [])"
	diskPathCEL    = "'spec.disks[' + string(variables.diskNames.indexOf(d.name)) + ']"
)

// eachDisk adds a limit on disks. Of a disk d it takes an expression of what is out of bounds, one of the disk b before that has it already, the
// field, and what is said.
func (p *policy) eachDisk(limit, out, kept, field, said string) {
	p.validate(limit, disksCEL+".filter(d, "+out+" && !"+disksBeforeCEL+".exists(b, b.name == d.name && "+kept+"))"+
		".map(d, "+plus(diskPathCEL+"."+field+": '", said)+")")
}

func (p *policy) storageClasses() {
	if list := p.limits.StorageClassNames; list != nil {
		p.eachDisk(limitStorageClassNames,
			orElse("d", "storageClassName", "''")+" != '' && d.storageClassName != "+quote(string(p.input.Defaults.StorageClassName))+
				" && !"+matchesCEL(list, "d.storageClassName"),
			orElse("b", "claimName", "''")+" == ''", "storageClassName",
			notListed(limitStorageClassNames, patternTexts(list)).cel(quote(classValue)+" + d.storageClassName"))
	}
}

func (p *policy) disks() {
	if p.limits.Disks != nil {
		most := strconv.Itoa(int(*p.limits.Disks))
		p.validate(limitDisks, "["+disksCEL+"].filter(l, l.size() > "+most+" && l.size() > "+disksBeforeCEL+".size())"+
			".map(l, "+plus(quote("spec.disks: "), maximum(limitDisks, most).cel("string(l.size()) + "+quote(disksValue)))+")")
	}
}

func (p *policy) diskSizes() {
	if p.limits.DiskSize != nil {
		most := p.limits.DiskSize.String()
		p.eachDisk(limitDiskSize, "has(d.size) && "+isMoreCEL("d.size", quote(most)), "has(b.size) && !"+isMoreCEL("d.size", "b.size"), "size",
			maximum(limitDiskSize, most).cel("d.size"))
	}
}

func (p *policy) claims() {
	if list := p.limits.ClaimNames; list != nil {
		p.eachDisk(limitClaimNames, orElse("d", "claimName", "''")+" != '' && !"+matchesCEL(list, "d.claimName"),
			"has(b.claimName) && b.claimName == d.claimName", "claimName",
			notListed(limitClaimNames, patternTexts(list)).cel(quote(claimValue)+" + d.claimName"))
	}
}
