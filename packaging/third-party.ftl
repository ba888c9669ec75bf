<#-- The foreign jars in the tree and their licences, for people; made by license-maven-plugin. -->
What comes with ecryptfsj and was made by others. Where several licences stand, any of them may be chosen.

<#list dependencyMap as entry>
<#assign artifact = entry.getKey()/>
<#if artifact.groupId != "org.ecryptfsj">
${artifact.groupId}:${artifact.artifactId}:${artifact.version}
<#list entry.getValue() as licence>
    ${licence}
</#list>
<#if artifact.url??>
    ${artifact.url}
</#if>
</#if>
</#list>
