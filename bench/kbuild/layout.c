// SPDX-License-Identifier: GPL-2.0-only
/*
 * One source, linked more than once: the notifier object lies differently in each image.
 * Alignment moves time by tens of per cent, so that one link says little of a design.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "make.h"

#define OBJECT	"kernel/notifier.o"
#define COMMAND	"kernel/.notifier.o.cmd"
/* A symbol of it that every version exports. */
#define SYMBOL	"raw_notifier_call_chain"

enum place { PLACE_MAIN, PLACE_HOT, PLACE_UNLIKELY, PLACES };

/* Where the linker's script puts code of that section. */
static const struct {
	const char *section, *words;
} places[PLACES] = {
	[PLACE_MAIN] = { NULL, "among its neighbours" },
	[PLACE_HOT] = { ".text.hot.ncbench", "with hot code" },
	[PLACE_UNLIKELY] = { ".text.unlikely.ncbench", "with unlikely code" },
};

/**
 * struct layout - how the notifier object lies in an image
 * @functions, @loops, @jumps: what they are aligned to
 * @pad: bytes before its code
 * @place: where it is linked
 */
static const struct layout {
	unsigned int functions, loops, jumps, pad;
	enum place place;
} layouts[NCB_LINKS_MAX] = {
	{ 0 },			/* as the source has it */
	{ 1, 1, 1, 7, PLACE_MAIN },
	{ 64, 64, 64, 0, PLACE_HOT },
	{ 16, 1, 16, 33, PLACE_UNLIKELY },
	{ 32, 32, 1, 96, PLACE_MAIN },
	{ 1, 16, 1, 45, PLACE_HOT },
	{ 64, 1, 1, 192, PLACE_UNLIKELY },
	{ 16, 32, 32, 16, PLACE_HOT },
	{ 1, 1, 16, 19, PLACE_UNLIKELY },
	{ 32, 64, 16, 160, PLACE_HOT },
	{ 64, 16, 64, 64, PLACE_MAIN },
	{ 1, 32, 1, 57, PLACE_MAIN },
	{ 16, 16, 1, 48, PLACE_MAIN },
	{ 32, 1, 64, 32, PLACE_UNLIKELY },
	{ 1, 64, 64, 3, PLACE_UNLIKELY },
	{ 16, 64, 1, 112, PLACE_HOT },
};

/** ncb_layout_words - what is different in image @n, malloc'd */
char *ncb_layout_words(unsigned int n)
{
	const struct layout *l = &layouts[n];

	if (!n)
		return ncb_copy("as the source has it");
	return ncb_format("functions, loops, jumps aligned to %u, %u, %u; %u bytes before; %s",
			  l->functions, l->loops, l->jumps, l->pad, places[l->place].words);
}

/** ncb_layout_image - where image @n is kept, malloc'd */
char *ncb_layout_image(const char *folder, unsigned int n)
{
	return ncb_format("%s/link-%u/linux", folder, n);
}

/* -- what is where -- */

/* The address of the symbol in an object or image, as nm prints it, malloc'd; NULL: none. */
static char *address_in(const struct ncb_making *m, const char *file)
{
	char *tool = ncb_make_tool(m->flavour, "nm");
	const char *argv[] = { tool, file, NULL };
	char *text = ncb_command_output(argv), *line, *save = NULL, *found = NULL;

	for (line = text ? strtok_r(text, "\n", &save) : NULL; line && !found;
	     line = strtok_r(NULL, "\n", &save)) {
		char address[32], type, name[128];

		if (sscanf(line, "%31s %c %127s", address, &type, name) == 3 &&
		    !strcmp(name, SYMBOL))
			found = ncb_copy(address);
	}
	free(text);
	free(tool);
	return found;
}

/*
 * Whether every function of the object begins where the layout says. A function that the
 * source itself aligns, or marks as cold, is no evidence: cold ones lie elsewhere, and
 * alignment beyond what was asked for is fine.
 */
static bool is_aligned(const struct ncb_making *m, const struct layout *l, const char *object)
{
	char *address = address_in(m, object);
	uint64_t at = address ? strtoull(address, NULL, 16) : 0;
	bool is = address && at >= l->pad && !(at % l->functions);

	free(address);
	return is;
}

/* -- compiling -- */

/* The command that made the object, malloc'd; NULL: there is none. */
static char *saved_command(const struct ncb_making *m)
{
	char *path = ncb_format("%s/" COMMAND, m->out), *text = ncb_read_file(path, NULL);
	char *at = text ? strstr(text, "cmd_" OBJECT " := ") : NULL, *command = NULL;

	if (at && (at == text || at[-1] == '\n' || !strncmp(text, "saved", 5)))
		command = ncb_format("%.*s", (int)strcspn(at + strlen("cmd_" OBJECT " := "), "\n"),
				     at + strlen("cmd_" OBJECT " := "));
	free(text);
	free(path);
	return command;
}

static char *replace_all(const char *text, const char *what, const char *with)
{
	char *out = ncb_copy(""), *more;
	const char *at;

	while ((at = strstr(text, what))) {
		more = ncb_format("%s%.*s%s", out, (int)(at - text), text, with);
		free(out);
		out = more;
		text = at + strlen(what);
	}
	more = ncb_format("%s%s", out, text);
	free(out);
	return more;
}

/*
 * The command as make saved it, which has $$ for $ and "\#" for #, with flags behind all
 * others: the last of a kind counts, whatever the source sets for this file.
 */
static char *command_for(const struct ncb_making *m, const struct layout *l, const char *pad)
{
	char *saved = saved_command(m), *plain, *unescaped, *flags, *command = NULL;
	const char *compile = saved ? strstr(saved, " -c -o " OBJECT) : NULL;

	if (!compile) {
		free(saved);
		return NULL;
	}
	flags = ncb_format("%.*s -falign-functions=%u -falign-loops=%u -falign-jumps=%u -include %s%s",
			   (int)(compile - saved), saved, l->functions, l->loops, l->jumps, pad,
			   compile);
	plain = replace_all(flags, "$$", "$");
	unescaped = replace_all(plain, "\\#", "#");
	command = ncb_format("set -e; %s%s%s%s", unescaped,
			     places[l->place].section ? "; objcopy --rename-section .text=" : "",
			     places[l->place].section ? places[l->place].section : "",
			     places[l->place].section ? " " OBJECT : "");
	free(unescaped);
	free(plain);
	free(flags);
	free(saved);
	return command;
}

static int write_pad(const char *path, unsigned int bytes)
{
	char *text = bytes ? ncb_format("__asm__(\".text\\n\\t.skip %u, 0x90\\n\");\n", bytes) :
			     ncb_copy("");
	int err = ncb_write_file(path, text, strlen(text));

	free(text);
	return err;
}

static int compile(const struct ncb_making *m, unsigned int n)
{
	const struct layout *l = &layouts[n];
	char *pad = ncb_format("%s/ncbench-pad.h", m->out), *object = ncb_format("%s/" OBJECT, m->out);
	char *command = command_for(m, l, "ncbench-pad.h");
	int err = -ENOEXEC;

	if (!command) {
		ncb_error("%s of %s (%s) has no command for " OBJECT ", so that layouts cannot be sampled",
			  COMMAND, m->source->title, m->flavour->name);
		goto out;
	}
	err = write_pad(pad, l->pad);
	if (!err)
		err = ncb_make_script(m, command, NULL);
	if (err > 0)
		err = ncb_make_failed(m, "compiling " OBJECT " with another layout");
	if (!err && !is_aligned(m, l, object)) {
		ncb_error("layout %u of %s (%s) did not take effect: " SYMBOL "() is not aligned to %u behind %u bytes",
			  n, m->source->title, m->flavour->name, l->functions, l->pad);
		err = -ENOEXEC;
	}
out:
	free(command);
	free(object);
	free(pad);
	return err;
}

/* -- linking -- */

/**
 * ncb_layout_keep - keep the image that was just linked, without what debuggers need
 * @m: the build
 * @n: which image it is
 *
 * Return: 0; -EINTR; or -errno with a message.
 */
int ncb_layout_keep(const struct ncb_making *m, unsigned int n)
{
	char *to = ncb_layout_image(m->folder, n), *dir = ncb_format("%s/link-%u", m->folder, n);
	char *strip = ncb_make_tool(m->flavour, "strip");
	const char *args[] = { strip, m->flavour->image, to, NULL };
	int err = ncb_make_dirs(dir);

	/* An Image of arm64 is no ELF file. */
	if (!err)
		err = ncb_make_script(m, "if \"$1\" -g -o \"$3.part\" \"$2\" 2>/dev/null; then :; "
				      "else cp \"$2\" \"$3.part\"; fi && mv \"$3.part\" \"$3\"", args);
	if (err && err != -EINTR)
		ncb_error("cannot keep image %u of %s in %s; see %s", n, m->source->title, dir, m->log);
	free(strip);
	free(dir);
	free(to);
	return err > 0 ? -EIO : err;
}

/*
 * Objects that linking makes anew. Any other that is newer than the notifier object was
 * compiled again, and would be a second difference.
 */
#define OTHERS \
	"find . -name '*.o' -newer ncbench-began ! -path ./" OBJECT " ! -name 'version*.o' " \
	"! -name vmlinux.o ! -name '.*' ! -path './init/version*' | head -n 1 >ncbench-others; " \
	"[ ! -s ncbench-others ] && cmp -s " OBJECT " ncbench-object"

static int check_alone(const struct ncb_making *m, unsigned int n)
{
	int err = ncb_make_script(m, OTHERS, NULL);
	char *path = ncb_format("%s/ncbench-others", m->out), other[256] = "";

	if (err > 0) {
		ncb_read_line(path, other, sizeof(other));
		ncb_error("linking layout %u of %s (%s) %s%s: the images would differ in more than layout",
			  n, m->source->title, m->flavour->name,
			  *other ? "compiled anew " : "compiled " OBJECT " again", other);
		err = -ENOEXEC;
	}
	free(path);
	return err;
}

/* The final link, as make does it when an object has changed. */
static int relink(const struct ncb_making *m, unsigned int n)
{
	const char *targets[] = { m->flavour->targets[0], NULL };
	int err;

	/* A second apart: there are file systems that tell no less. */
	err = ncb_make_script(m, "cp -p " OBJECT " ncbench-object && touch ncbench-began && sleep 1 && "
			      "touch " OBJECT, NULL);
	if (!err)
		err = ncb_make(m, targets, NULL, 0);
	if (err > 0)
		err = ncb_make_failed(m, "linking another layout");
	return err ? err : check_alone(m, n);
}

static int check_moved(const struct ncb_making *m, unsigned int n)
{
	char *first = ncb_layout_image(m->folder, 0), *now = ncb_format("%s/%s", m->out, m->flavour->image);
	char *a = address_in(m, first), *b = address_in(m, now);
	int err = 0;

	if (!a || !b || (!strcmp(a, b) && (layouts[n].pad || layouts[n].place != PLACE_MAIN))) {
		ncb_error("layout %u of %s (%s) did not take effect: " SYMBOL "() is where it was, at %s", n,
			  m->source->title, m->flavour->name, b ? b : "no address");
		err = -ENOEXEC;
	}
	free(b);
	free(a);
	free(now);
	free(first);
	return err;
}

/* The object and what was linked with it, beside; $1 is the image. */
#define FIRST	"ncbench-first"
/* There as long as the folder may have another layout: who links may be killed meanwhile. */
#define OTHER	"ncbench-other"
#define FIRST_KEEP \
	"{ [ -e " FIRST " ] || { rm -rf " FIRST ".part && mkdir " FIRST ".part && " \
	"cp -p " OBJECT " \"$1\" vmlinux System.map " FIRST ".part/ && mv " FIRST ".part " FIRST "; }; } && " \
	": >" OTHER
#define FIRST_RESTORE \
	"cp " FIRST "/notifier.o " OBJECT " && cp " FIRST "/\"${1##*/}\" \"$1\" && " \
	"cp " FIRST "/vmlinux " FIRST "/System.map . && rm " OTHER

/**
 * ncb_layout_link - link an image with another layout of the notifier object, and keep it
 * @m: the build, complete
 * @n: which layout, from 1
 *
 * Return: 0; -EINTR; or -errno with a message.
 */
int ncb_layout_link(const struct ncb_making *m, unsigned int n)
{
	const char *args[] = { m->flavour->image, NULL };
	int err = ncb_make_script(m, FIRST_KEEP, args);

	if (err > 0) {
		ncb_error("%s (%s) has no " OBJECT ", so that layouts cannot be sampled",
			  m->source->title, m->flavour->name);
		return -ENOEXEC;
	}
	if (!err)
		err = compile(m, n);
	if (!err)
		err = relink(m, n);
	if (!err)
		err = check_moved(m, n);
	return err ? err : ncb_layout_keep(m, n);
}

/** ncb_layout_restore - the build folder as it was before other layouts; 0 or -errno */
int ncb_layout_restore(const struct ncb_making *m)
{
	const char *args[] = { m->flavour->image, NULL };
	char *other = ncb_format("%s/" OTHER, m->out);
	int err = ncb_exists(other) ? ncb_make_script(m, FIRST_RESTORE, args) : 0;

	free(other);
	return err > 0 ? -EIO : err;
}
