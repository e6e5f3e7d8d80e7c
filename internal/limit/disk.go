package limit

import (
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
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
	classValue  = "storage class "
	claimValue  = "claim "
	objectValue = "the object "
	disksValue  = " disks"
)

// diskBefore returns the disk of a name before; nil for none.
func (c *checker) diskBefore(name v1alpha1.Label) *v1alpha1.Disk {
	return item(c.before().Disks, func(b *v1alpha1.Disk) bool { return b.Name == name })
}

// storageClasses judges the storage classes that disks name. That of a disk that is there changes only where it may move.
func (c *checker) storageClasses() {
	for i := range c.spec.Disks {
		d := &c.spec.Disks[i]
		list, name := c.limits.StorageClassNames, string(d.StorageClassName)
		if name == "" || !storage.IsComposed(d) || d.StorageClassName == c.input.Defaults.StorageClassName || list == nil || matchesAny(list, name) {
			continue
		}
		b := c.diskBefore(d.Name)
		kept := b != nil && b.StorageClassName == d.StorageClassName
		if !kept && !d.MigrateStorage && storage.Exists(d, c.observed) {
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
	for i := range c.spec.Disks {
		d := &c.spec.Disks[i]
		if most := c.limits.DiskSize; most != nil && d.Size != nil && storage.IsComposed(d) && d.Size.Cmp(most.Quantity) > 0 {
			b := c.diskBefore(d.Name)
			c.add(c.path.Child("disks").Index(i).Child("size"), b != nil && isAtMost(d.Size, b.Size), maximum(limitDiskSize, most.String()).with(d.Size.String()))
		}
	}
}

// claims judges the claims that disks attach, and the objects of the namespace that they are cloned from. A disk that exists is not cloned again.
func (c *checker) claims() {
	for i := range c.spec.Disks {
		d := &c.spec.Disks[i]
		path := c.path.Child("disks").Index(i)
		switch {
		case d.ClaimName != "":
			kept := func() bool { b := c.diskBefore(d.Name); return b != nil && b.ClaimName == d.ClaimName }
			c.listed(path.Child("claimName"), c.limits.ClaimNames, limitClaimNames, string(d.ClaimName), claimValue+string(d.ClaimName), kept)
		case d.ImageFrom != nil && c.isOwn(d.ImageFrom.Namespace):
			from := path.Child("imageFrom")
			if d.Name == c.osDisk {
				from = c.path.Child("osImageFrom")
			}
			c.listedOnce(d, from.Child("name"), c.limits.ClaimNames, limitClaimNames, string(d.ImageFrom.Name), objectValue+string(d.ImageFrom.Name),
				func(b *v1alpha1.Disk) bool {
					return b.ImageFrom != nil && b.ImageFrom.Name == d.ImageFrom.Name && c.isOwn(b.ImageFrom.Namespace)
				})
		}
	}
}

// listedOnce is listed of a value that counts when a disk is made, and not later. Same reports whether the disk before has the value.
func (c *checker) listedOnce(d *v1alpha1.Disk, path *field.Path, list []v1beta1.NamePattern, limit, name, value string, same func(before *v1alpha1.Disk) bool) {
	if list == nil || matchesAny(list, name) {
		return
	}
	b := c.diskBefore(d.Name)
	kept := b != nil && same(b)
	if !kept && !d.IsCDROM() && storage.Exists(d, c.observed) {
		return
	}
	c.add(path, kept, notListed(limit, patternTexts(list)).with(value))
}

// isOwn reports whether a namespace that a spec gives is that of the Wukong.
func (c *checker) isOwn(namespace v1alpha1.OptionalLabel) bool {
	return namespace == "" || string(namespace) == c.namespace
}

// Expressions of the disks of a Wukong and of the one before, and of the path of a disk.
const (
	disksCEL       = "(has(variables.spec.disks) ? variables.spec.disks : [])"
	disksBeforeCEL = "(has(variables.before.disks) ? variables.before.disks : [])"
	diskPathCEL    = "'spec.disks[' + string(variables.diskNames.indexOf(d.name)) + ']"
)

// isDriveCEL returns an expression that reports whether a disk is a CD-ROM drive.
func isDriveCEL(disk string) string {
	return "(has(" + disk + ".type) && " + disk + ".type == 'cdrom')"
}

// movesCEL returns an expression that reports whether a disk may move.
func movesCEL(disk string) string {
	return "(has(" + disk + ".migrateStorage) && " + disk + ".migrateStorage)"
}

// isComposedCEL returns an expression of storage.IsComposed.
func isComposedCEL(disk string) string {
	return "(" + orElse(disk, "claimName", "''") + " == '' && (!" + isDriveCEL(disk) + " || has(" + disk + ".image) && " + isFileOf(disk) +
		" || has(" + disk + ".imageFrom) || has(" + disk + ".upload) && " + disk + ".upload))"
}

// eachDisk adds a limit on disks, with the expression of eachDiskCEL.
func (p *policy) eachDisk(limit, out, kept, field, said string) {
	p.validate(limit, eachDiskCEL(out, kept, field, said))
}

// eachDiskCEL returns an expression of what is said of disks. Of a disk d it takes an expression of what is out of bounds, one of the disk b before that has
// it already, the field, and what is said. A disk that exists does not become a CD-ROM drive, and stays as it is.
func eachDiskCEL(out, kept, field, said string) string {
	staysDisk := isDriveCEL("d") + " && !" + isDriveCEL("b") + " && " + orElse("b", "claimName", "''") + " == ''"
	return disksCEL + ".filter(d, " + out + " && !" + disksBeforeCEL + ".exists(b, b.name == d.name && (" + staysDisk + " || " + kept + ")))" +
		".map(d, " + plus(diskPathCEL+"."+field+": '", said) + ")"
}

// eachComposed adds a limit on what disks say of the volumes that are composed for them.
func (p *policy) eachComposed(limit, out, kept, field, said string) {
	same := isDriveCEL("b") + " == " + isDriveCEL("d") + " && " + isComposedCEL("b")
	p.eachDisk(limit, isComposedCEL("d")+" && "+out, same+" && "+kept, field, said)
}

func (p *policy) storageClasses() {
	if list := p.limits.StorageClassNames; list != nil {
		p.eachComposed(limitStorageClassNames,
			orElse("d", "storageClassName", "''")+" != '' && d.storageClassName != "+quote(string(p.input.Defaults.StorageClassName))+
				" && !"+matchesCEL(list, "d.storageClassName"),
			"(!"+movesCEL("d")+" && !"+isDriveCEL("b")+" || (!"+movesCEL("d")+" || "+movesCEL("b")+") && "+
				"has(b.storageClassName) && b.storageClassName == d.storageClassName)", "storageClassName",
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
		p.eachComposed(limitDiskSize, "has(d.size) && "+isMoreCEL("d.size", quote(most)), "has(b.size) && !"+isMoreCEL("d.size", "b.size"), "size",
			maximum(limitDiskSize, most).cel("d.size"))
	}
}

func (p *policy) claims() {
	list := p.limits.ClaimNames
	if list == nil {
		return
	}
	attached := eachDiskCEL(orElse("d", "claimName", "''")+" != '' && !"+matchesCEL(list, "d.claimName"),
		"has(b.claimName) && b.claimName == d.claimName", "claimName",
		notListed(limitClaimNames, patternTexts(list)).cel(quote(claimValue)+" + d.claimName"))
	cloned := "(has(d.imageFrom) ? [" + object("disk", contentCEL, "from", "d.imageFrom", "path", diskPathCEL+".imageFrom.name'") + "] : [])"
	taken := "(has(variables.spec.osImageFrom) ? variables.osDisks.map(t, " +
		object("disk", "t", "from", "variables.spec.osImageFrom", "path", "'spec.osImageFrom.name'") + ") : [])"
	isOwn := ownNamespaceCEL("i.from") + " == ''"
	p.validate(limitClaimNames, attached+" + ("+disksCEL+".map(d, "+cloned+").flatten() + "+taken+").filter(i, "+isOwn+" && !"+matchesCEL(list, "i.from.name")+
		" && !"+existsCEL+").map(i, "+plus("i.path", quote(": "), notListed(limitClaimNames, patternTexts(list)).cel(quote(objectValue)+" + i.from.name"))+")")
}
